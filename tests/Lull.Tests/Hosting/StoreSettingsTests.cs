using Npgsql;

namespace Lull.Tests.Hosting;

/// <summary>Which store is chosen, and when that is refused.</summary>
public sealed class StoreSettingsTests : IDisposable
{
    private const string Password = "hunter2-hunter2";
    private static readonly (string, string) Database = ("DATABASE_URL", $"postgresql://lull:{Password}@db.example.com:6543/app?sslmode=require");

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Without_a_database_the_store_is_a_folder_and_the_node_stands_alone()
    {
        var settings = SettingsOf.Read();

        Assert.Null(settings.Storage.Postgres);
        Assert.Equal((null, 11_111, "lull"), (settings.Hosting.Cluster.Address, settings.Hosting.Cluster.Port, settings.Hosting.Cluster.ClusterId));
    }

    [Fact]
    public void A_database_is_read_from_its_url_and_shown_without_its_password()
    {
        var settings = SettingsOf.Read(Database, ("DATABASE_SCHEMA", "lull_two"));

        var read = new NpgsqlConnectionStringBuilder(settings.Storage.Postgres!.ConnectionString);
        Assert.Equal(("db.example.com", 6543, "lull", Password, "app", SslMode.Require), (read.Host, read.Port, read.Username, read.Password, read.Database, read.SslMode));
        Assert.Equal("lull_two", settings.Storage.Postgres.Schema);
        Assert.Equal("postgresql://lull@db.example.com:6543/app", settings.InForce.Single(setting => setting.Name == "DATABASE_URL").Value);
    }

    [Fact]
    public void It_may_stand_in_a_file()
        => Assert.NotNull(SettingsOf.Read(("DATABASE_URL_FILE", _folder.Write("url", Database.Item2 + "\n"))).Storage.Postgres);

    [Theory]
    [InlineData("mysql://lull:hunter2-hunter2@db.example.com/app", "neither a postgresql:// URL")]
    [InlineData("postgres://lull:hunter2-hunter2@db.example.com/app?statement_timeout=5", "«statement_timeout»")]
    [InlineData("postgres://lull:hunter2-hunter2@db.example.com:0/app", "port")]
    [InlineData("Host=db.example.com;Username=lull;Password=hunter2-hunter2;Colour=red", "after the password")]
    public void One_that_cannot_be_used_is_refused_with_the_reason_and_never_shown(string url, string reason)
    {
        var violation = Assert.Single(SettingsOf.Violations(("DATABASE_URL", url)));

        Assert.StartsWith("DATABASE_URL: ", violation, StringComparison.Ordinal);
        Assert.Contains(reason, violation, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, violation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RENDER", "true")]
    [InlineData("RAILWAY_ENVIRONMENT", "production")]
    [InlineData("DYNO", "web.1")]
    public void On_a_platform_whose_disk_does_not_last_a_database_is_needed_unless_one_says_otherwise(string variable, string value)
    {
        var violation = Assert.Single(SettingsOf.Violations((variable, value)));

        Assert.StartsWith("DATABASE_URL: must be set", violation, StringComparison.Ordinal);
        Assert.Contains(variable, violation, StringComparison.Ordinal);
        Assert.Contains("ALLOW_EPHEMERAL_STORE=true", violation, StringComparison.Ordinal);
        Assert.Empty(SettingsOf.Violations((variable, value), ("ALLOW_EPHEMERAL_STORE", "true")));
        Assert.Empty(SettingsOf.Violations((variable, value), Database));
        Assert.Empty(SettingsOf.Violations((variable, ""), ("DATA_DIR", "/data")));
    }

    [Theory]
    [InlineData("/data/lull", true)]
    [InlineData("/data", true)]
    [InlineData("/data-too", false)]
    [InlineData("/", false)]
    [InlineData("./data", false)]
    public void A_volume_that_the_platform_declares_is_a_disk_that_lasts(string folder, bool isOnIt)
        => Assert.Equal(isOnIt, SettingsOf.Violations(("RAILWAY_ENVIRONMENT", "production"), ("RAILWAY_VOLUME_MOUNT_PATH", "/data"), ("DATA_DIR", folder)).Count == 0);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public void A_cluster_needs_an_address_of_this_node_and_a_database(string address)
    {
        var settings = SettingsOf.Read(Database, ("CLUSTER_ADDRESS", address), ("CLUSTER_PORT", "11112"), ("CLUSTER_ID", "blue"));

        Assert.Equal(new() { Address = address, Port = 11_112, ClusterId = "blue" }, settings.Hosting.Cluster);
        Assert.StartsWith($"CLUSTER_ADDRESS={address}: allowed is nothing without DATABASE_URL", Assert.Single(SettingsOf.Violations(("CLUSTER_ADDRESS", address))), StringComparison.Ordinal);
        Assert.StartsWith("CLUSTER_PORT=5000", Assert.Single(SettingsOf.Violations(Database, ("CLUSTER_ADDRESS", address), ("CLUSTER_PORT", "5000"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("*")]
    [InlineData("no such host")]
    public void An_address_that_others_cannot_call_is_refused(string address)
        => Assert.StartsWith($"CLUSTER_ADDRESS={address}: allowed is an IP address", Assert.Single(SettingsOf.Violations(Database, ("CLUSTER_ADDRESS", address))), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
