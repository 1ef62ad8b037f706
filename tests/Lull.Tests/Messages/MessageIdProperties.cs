using FsCheck.Xunit;

namespace Lull.Tests.Messages;

public sealed class MessageIdProperties
{
    [Property]
    public bool What_was_written_is_read_back(long value)
    {
        var id = new MessageId(value & long.MaxValue);
        return MessageId.TryParse(id.ToString(), out var read) && read == id;
    }

    [Property]
    public bool Text_orders_as_the_ids_do(long a, long b)
    {
        var (first, second) = (new MessageId(a & long.MaxValue), new MessageId(b & long.MaxValue));
        return Math.Sign(string.CompareOrdinal(first.ToString(), second.ToString())) == Math.Sign(first.CompareTo(second));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("msg_")]
    [InlineData("msg_00000000000000001")]
    [InlineData("msg_ffffffffffffffff")]
    [InlineData("MSG_0000000000000001")]
    public void Anything_else_is_no_id(string text) => Assert.False(MessageId.TryParse(text, out _));
}
