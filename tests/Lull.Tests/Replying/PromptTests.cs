using FsCheck.Xunit;
using Lull.Replying;
using Microsoft.Extensions.AI;

namespace Lull.Tests.Replying;

public sealed class PromptTests
{
    [Fact]
    public void A_burst_is_one_user_message_with_its_messages_in_order()
    {
        var messages = Build(Bursts.Of("Hi there", "I have a question", "About gym membership"));

        Assert.Equal([ChatRole.System, ChatRole.User], messages.Select(message => message.Role));
        Assert.EndsWith("\nHi there\nI have a question\nAbout gym membership", messages[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void History_comes_between_data_and_burst_with_both_sides_in_turn()
    {
        HistoryEntry[] history = [new(true, "hello", Bursts.Now), new(true, "anyone?", Bursts.Now), new(false, "Yes!", Bursts.Now)];

        var messages = Build(Bursts.With(new() { Name = "Ann" }, history, "prices?"));

        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.User], messages.Select(message => message.Role));
        Assert.Contains("name: \"Ann\"", messages[1].Text, StringComparison.Ordinal);
        Assert.EndsWith("\nhello\nanyone?", messages[1].Text, StringComparison.Ordinal);
        Assert.Equal("Yes!", messages[2].Text);
        Assert.Equal("prices?", messages[3].Text);
    }

    [Fact]
    public void The_system_role_holds_the_operators_words_and_nothing_else()
    {
        var prompt = Bursts.Gym with { Facts = "Book at https://gym.example/book" };
        var messages = Prompt.Build(Bursts.With(new() { Name = "Ann", Tags = ["vip"] }, [], "hi"), prompt, 24_000, 4_000);

        Assert.Equal("You answer for the gym.\n\nBook at https://gym.example/book", messages[0].Text);
        Assert.Equal(1, messages.Count(message => message.Role == ChatRole.System));
    }

    [Fact]
    public void The_opening_message_counts_as_said()
    {
        var prompt = Bursts.Gym with { Opening = "Hi! Looking for a gym?" };

        var messages = Prompt.Build(Bursts.Of("yes"), prompt, 24_000, 4_000);

        Assert.Equal([ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.User], messages.Select(message => message.Role));
        Assert.Equal("Hi! Looking for a gym?", messages[2].Text);
    }

    [Fact]
    public void The_opening_message_is_not_said_twice()
    {
        var prompt = Bursts.Gym with { Opening = "Hi! Looking for a gym?" };
        HistoryEntry[] history = [new(false, "hi!  looking for a\ngym?", Bursts.Now)];

        var messages = Prompt.Build(Bursts.With(new(), history, "yes"), prompt, 24_000, 4_000);

        Assert.Equal("hi!  looking for a\ngym?", Assert.Single(messages, message => message.Role == ChatRole.Assistant).Text);
    }

    [Fact]
    public void Attachments_are_named_by_kind_and_never_by_address()
    {
        BurstMessage[] burst =
        [
            new(new(1), "look", Bursts.Now, null, ["https://x.example/a/photo.JPG?sig=1", "https://x.example/file"]),
            new(new(2), "", Bursts.Now, null, ["https://x.example/voice.ogg"]),
        ];

        var messages = Build(Bursts.Of(burst, new(), []));

        Assert.EndsWith("\nlook [image] [attachment]\n[audio]", messages[^1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("x.example", messages[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_message_is_cut_and_marked()
    {
        var messages = Prompt.Build(Bursts.Of(new string('a', 500)), Bursts.Gym, 24_000, 100);

        Assert.EndsWith("\n" + new string('a', 100 - Cut.Mark.Length) + Cut.Mark, messages[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_oldest_history_is_dropped_first()
    {
        HistoryEntry[] history = [.. Enumerable.Range(0, 20).Select(i => new HistoryEntry(i % 2 == 0, $"entry {i:00} {new string('x', 90)}", Bursts.Now))];

        var all = string.Join("\n", Prompt.Build(Bursts.With(new(), history, "the burst"), Bursts.Gym, 1_000, 4_000).Select(message => message.Text));

        Assert.DoesNotContain("entry 00", all, StringComparison.Ordinal);
        Assert.Contains("entry 19", all, StringComparison.Ordinal);
        Assert.EndsWith("the burst", all, StringComparison.Ordinal);
        Assert.True(all.Length <= 1_000);
    }

    [Fact]
    public void A_burst_too_long_for_the_prompt_loses_text_but_no_message()
    {
        var messages = Prompt.Build(Bursts.Of("short", new string('b', 3_000), "also short", new string('d', 3_000)), Bursts.Gym, 2_000, 4_000);

        var lines = messages[^1].Text.Split('\n')[^4..];
        Assert.Equal("short", lines[0]);
        Assert.EndsWith(Cut.Mark, lines[1], StringComparison.Ordinal);
        Assert.Equal("also short", lines[2]);
        Assert.EndsWith(Cut.Mark, lines[3], StringComparison.Ordinal);
        Assert.True(messages.Sum(message => message.Text.Length) <= 2_000);
    }

    [Property]
    public bool Nothing_a_contact_controls_is_in_the_system_role(string? name, string? zone, string?[] tags, string?[] texts, string? channel)
    {
        var profile = new ContactProfile { Name = name, FirstName = name, TimeZone = zone, Tags = [.. tags.OfType<string>()], Source = name };
        var request = Bursts.With(profile, [new(true, name ?? "", Bursts.Now)], [.. texts.OfType<string>()]);
        request = request with { Batch = request.Batch with { Lane = new(channel ?? "SMS", null) } };

        var messages = Build(request);

        return messages[0].Text == Bursts.Gym.System && messages.Skip(1).All(message => message.Role != ChatRole.System);
    }

    [Property]
    public bool Roles_take_turns_and_the_last_word_is_the_contacts(bool[] sides)
    {
        var history = sides.Select((side, i) => new HistoryEntry(side, $"entry {i}", Bursts.Now)).ToList();

        var roles = Build(Bursts.With(new(), history, "burst")).Select(message => message.Role).ToList();

        return roles[0] == ChatRole.System && roles[1] == ChatRole.User && roles[^1] == ChatRole.User
            && roles.Skip(1).Zip(roles.Skip(2)).All(pair => pair.First != pair.Second);
    }

    [Property]
    public bool The_prompt_is_bounded_and_keeps_every_message_of_the_burst(FsCheck.PositiveInt count, FsCheck.NonNegativeInt length, FsCheck.NonNegativeInt past)
    {
        var texts = Enumerable.Range(0, count.Get % 40 + 1).Select(i => $"#{i:00}#" + new string('y', length.Get * 37 % 5_000)).ToArray();
        var history = Enumerable.Range(0, past.Get % 100).Select(i => new HistoryEntry(i % 3 == 0, new string('z', 50 + i), Bursts.Now)).ToList();

        var messages = Prompt.Build(Bursts.With(new(), history, texts), Bursts.Gym, 3_000, 1_000);

        var positions = texts.Select(text => messages[^1].Text.IndexOf(text[..4], StringComparison.Ordinal)).ToList();
        return messages.Sum(message => message.Text.Length) <= 3_000 && positions.All(position => position >= 0) && positions.Order().SequenceEqual(positions);
    }

    private static IReadOnlyList<ChatMessage> Build(ReplyRequest request) => Prompt.Build(request, Bursts.Gym, 24_000, 4_000);
}
