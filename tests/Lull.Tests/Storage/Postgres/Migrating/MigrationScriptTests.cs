using Lull.Storage.Postgres.Migrating;

namespace Lull.Tests.Storage.Postgres.Migrating;

/// <summary>What every script must say of itself.</summary>
public sealed class MigrationScriptTests
{
    [Fact]
    public void They_are_numbered_without_a_gap()
        => Assert.All(MigrationScript.Known, script => Assert.StartsWith($"{script.Version:0000}_", script.Name, StringComparison.Ordinal));

    [Theory]
    [InlineData("-- compatible: yes\nSELECT 1", true)]
    [InlineData("-- compatible: no\r\nSELECT 1", false)]
    public void The_first_line_says_whether_nodes_of_the_version_before_can_go_on(string text, bool isCompatible)
        => Assert.Equal(isCompatible, MigrationScript.Of(1, "0001_tables", text).IsCompatible);

    [Theory]
    [InlineData("CREATE TABLE t();\n-- compatible: yes\n")]
    [InlineData("-- compatible: maybe\n")]
    [InlineData("-- compatible: yes")]
    [InlineData("")]
    public void One_that_does_not_say_it_is_none(string text)
        => Assert.Throws<FormatException>(() => MigrationScript.Of(1, "0001_tables", text));
}
