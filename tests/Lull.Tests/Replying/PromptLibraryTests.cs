using Lull.Replying;
using Lull.Tests.Harness;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Replying;

public sealed class PromptLibraryTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("lull-prompts-").FullName, "prompts.yaml");
    private readonly RecordedLog _log = new();
    private readonly LoggerFactory _logs;

    public PromptLibraryTests() => _logs = new([_log], new LoggerFilterOptions { MinLevel = LogLevel.Trace });

    [Fact]
    public void A_changed_file_is_taken_over()
    {
        var library = Open("default: old");

        File.WriteAllText(_path, "default: new");
        library.TakeChanges();

        Assert.Equal("new", Instructions(library));
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Information && line.Text.Contains("reloaded", StringComparison.Ordinal));
    }

    [Fact]
    public void A_broken_version_is_refused_once_and_the_old_one_stays()
    {
        var library = Open("default: old");

        File.WriteAllText(_path, "defualt: new");
        library.TakeChanges();
        library.TakeChanges();

        Assert.Equal("old", Instructions(library));
        var warning = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("`defualt` is not known", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_went_away_is_refused_and_taken_again_when_it_is_back()
    {
        var library = Open("default: old");

        File.Delete(_path);
        library.TakeChanges();
        Assert.Equal("old", Instructions(library));

        File.WriteAllText(_path, "default: new");
        library.TakeChanges();
        Assert.Equal("new", Instructions(library));
    }

    [Fact]
    public async Task A_change_is_noticed_within_two_seconds_without_being_asked()
    {
        var time = new FakeTimeProvider();
        var library = Open("default: old");
        using var reload = new PromptReload(library, time, _logs.CreateLogger<PromptReload>());
        await reload.StartAsync(TestContext.Current.CancellationToken);

        File.WriteAllText(_path, "default: new");
        time.Advance(PromptReload.Period);
        await _log.WaitForAsync(line => line.Text.Contains("reloaded", StringComparison.Ordinal), Deadline);

        Assert.Equal("new", Instructions(library));
        await reload.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void What_cannot_be_used_is_told_before_the_start()
    {
        File.WriteAllBytes(_path, [0x64, 0xff, 0xfe]);
        Assert.Contains("is not UTF-8", Assert.Single(PromptLibrary.Load(_path).Errors), StringComparison.Ordinal);

        File.WriteAllText(_path, $"default: {new string('x', 600)}");
        Assert.Contains("PROMPT_MAX_CHARS (1000)", Assert.Single(PromptLibrary.Load(_path, promptMaxChars: 1_000).Errors), StringComparison.Ordinal);

        File.WriteAllText(_path, new string('#', PromptLibrary.MaxFileBytes + 1));
        Assert.Contains("larger than", Assert.Single(PromptLibrary.Load(_path).Errors), StringComparison.Ordinal);

        Assert.Contains("cannot be read", Assert.Single(PromptLibrary.Load(_path + ".none").Errors), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new PromptLibrary(new() { PromptsFile = _path + ".none" }, _logs.CreateLogger<PromptLibrary>()));
    }

    [Fact]
    public void Without_a_file_the_one_system_prompt_or_the_built_in_one_is_used()
    {
        Assert.Equal("Be kind.", PromptLibrary.Load(new ReplyingOptions { SystemPrompt = " Be kind.\n" }).Book!.General.Own.System);
        Assert.Equal(PromptText.BuiltIn, PromptLibrary.Load(new ReplyingOptions()).Book!.General.Own);
        Assert.Single(PromptLibrary.Load(new ReplyingOptions { SystemPrompt = new string('x', 13_000) }).Errors);
    }

    public void Dispose()
    {
        _logs.Dispose();
        Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);
    }

    private PromptLibrary Open(string yaml)
    {
        File.WriteAllText(_path, yaml);
        return new(new() { PromptsFile = _path }, _logs.CreateLogger<PromptLibrary>());
    }

    private static string Instructions(PromptLibrary library) => library.For(Bursts.Of("hi").Batch).Instructions;
}
