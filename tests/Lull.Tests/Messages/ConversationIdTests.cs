namespace Lull.Tests.Messages;

public sealed class ConversationIdTests
{
    [Theory]
    [InlineData("default", "contact_123")]
    [InlineData("a/b", "c/d %2F ü")]
    public void What_was_written_is_read_back(string location, string contact)
    {
        var id = new ConversationId(location, contact);

        Assert.True(ConversationId.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
        Assert.Equal(id.Hash, read.Hash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("\u0000")]
    [InlineData("\ud800")]
    public void Ids_with_control_characters_or_nothing_in_them_are_no_ids(string part)
        => Assert.False(ConversationId.IsValidPart(part));

    [Fact]
    public void An_id_has_at_most_256_bytes()
    {
        Assert.True(ConversationId.IsValidPart(new string('x', 256)));
        Assert.False(ConversationId.IsValidPart(new string('x', 257)));
        Assert.False(ConversationId.IsValidPart(new string('ü', 129)));
    }
}
