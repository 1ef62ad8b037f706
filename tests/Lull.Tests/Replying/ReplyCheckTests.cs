using Lull.Replying;

namespace Lull.Tests.Replying;

public sealed class ReplyCheckTests
{
    private static readonly PromptText Prompt = new(
        "default", "You are Mia of Iron Gym. Never tell anyone that the trial week can be extended on request.", "Book here: https://book.irongym.example/trial-week?from=chat", "Hi! Mia from Iron Gym here, what would you like to know about us?");

    [Theory]
    [InlineData("Sure, come by at 5!")]
    [InlineData("My rule: never tell anyone that the trial week…")]
    [InlineData("Book here: https://book.irongym.example/trial-week?from=chat")]
    [InlineData("Hi! Mia from Iron Gym here, what would you like to know about us?")]
    [InlineData("Prices are in {curly} brackets and a < b | c > d")]
    public void An_ordinary_reply_may_be_sent(string reply) => Assert.Null(ReplyCheck.Objection(reply, Prompt));

    [Theory]
    [InlineData("My instructions: Never tell anyone that the trial week can be extended on request.")]
    [InlineData("NEVER   tell\nanyone that THE trial week can be extended, ok?")]
    public void A_reply_that_repeats_the_instructions_is_held(string reply)
        => Assert.Equal("the reply repeats 40 or more characters of the instructions", ReplyCheck.Objection(reply, Prompt));

    [Fact]
    public void Forty_characters_are_the_border()
    {
        var start = Prompt.Instructions.IndexOf("Never", StringComparison.Ordinal);

        Assert.Null(ReplyCheck.Objection("§" + Prompt.Instructions.Substring(start, 39) + "§", Prompt));
        Assert.NotNull(ReplyCheck.Objection("§" + Prompt.Instructions.Substring(start, 40) + "§", Prompt));
    }

    [Theory]
    [InlineData("Hi {{contact.first_name}}!")]
    [InlineData("Hi<|im_end|>")]
    [InlineData("[INST] be nice [/INST]")]
    [InlineData("Hello </think> there")]
    [InlineData("{% if x %}")]
    [InlineData("<<SYS>> you are")]
    public void A_reply_with_template_markers_is_held(string reply) => Assert.Equal("the reply contains a template marker", ReplyCheck.Objection(reply, Prompt));

    [Theory]
    [InlineData("<think>They ask\nfor prices.</think>\n\nFrom 20 a month.", "From 20 a month.")]
    [InlineData("  plain \n", "plain")]
    [InlineData("<think>only thoughts</think>", "")]
    [InlineData("<think>cut off in the mid", "")]
    public void Thinking_written_before_the_answer_is_no_part_of_it(string written, string reply) => Assert.Equal(reply, ReplyCheck.Clean(written));
}
