using FsCheck.Fluent;
using Lull.Storage.Postgres.Connecting;
using Npgsql;
using Property = FsCheck.Property;

namespace Lull.Tests.Storage.Postgres.Connecting;

/// <summary>What <c>DATABASE_URL</c> may be, and what every connection then is.</summary>
public sealed class ConnectionTextTests
{
    private const string Password = "hunter2-hunter2";

    [Theory]
    [InlineData("postgresql://postgres.abcdefgh:hunter2-hunter2@aws-0-eu-central-1.pooler.supabase.com:6543/postgres", "aws-0-eu-central-1.pooler.supabase.com", 6543, "postgres.abcdefgh", "postgres")]
    [InlineData("postgres://user:hunter2-hunter2@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d1abc", "ec2-1-2-3-4.compute-1.amazonaws.com", 5432, "user", "d1abc")]
    [InlineData("postgresql://lull:hunter2-hunter2@dpg-abc-a/lull_x1y2", "dpg-abc-a", 5432, "lull", "lull_x1y2")]
    [InlineData("postgresql://postgres:hunter2-hunter2@postgres.railway.internal:5432/railway", "postgres.railway.internal", 5432, "postgres", "railway")]
    [InlineData("postgresql://lull:hunter2-hunter2@[2001:db8::1]:6432/app", "2001:db8::1", 6432, "lull", "app")]
    [InlineData("postgresql://lull:hunter2-hunter2@[::1]/app", "::1", 5432, "lull", "app")]
    [InlineData("POSTGRES://lull:hunter2-hunter2@one:1,[::2]:2,three/app", "one:1,[::2]:2,three:5432", 5432, "lull", "app")]
    [InlineData("postgresql://a%40b:hunter2-hunter2@db/my%20app", "db", 5432, "a@b", "my app")]
    [InlineData("postgresql:///app?host=/cloudsql/one&user=lull&password=hunter2-hunter2", "/cloudsql/one", 5432, "lull", "app")]
    [InlineData("Host=db;Port=6432;Username=lull;Password=hunter2-hunter2;Database=app", "db", 6432, "lull", "app")]
    public void Where_it_leads_is_read(string text, string host, int port, string user, string database)
    {
        var read = new NpgsqlConnectionStringBuilder(ConnectionText.Read(text));

        Assert.Equal((host, port, user, database, Password), (read.Host, read.Port, read.Username, read.Database, read.Password));
        Assert.DoesNotContain(Password, ConnectionText.Show(read.ToString()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", SslMode.Prefer)]
    [InlineData("?sslmode=disable", SslMode.Disable)]
    [InlineData("?sslmode=allow", SslMode.Allow)]
    [InlineData("?sslmode=prefer", SslMode.Prefer)]
    [InlineData("?sslmode=require&channel_binding=require", SslMode.Require)]
    [InlineData("?sslmode=verify-ca&sslrootcert=/etc/ca.pem", SslMode.VerifyCA)]
    [InlineData("?application_name=chat&sslmode=verify-full", SslMode.VerifyFull)]
    public void How_the_connection_is_encrypted_is_read(string parameters, SslMode mode)
        => Assert.Equal(mode, new NpgsqlConnectionStringBuilder(ConnectionText.Read("postgresql://lull@db/app" + parameters)).SslMode);

    [Fact]
    public void Other_parameters_are_taken_over()
    {
        var read = new NpgsqlConnectionStringBuilder(ConnectionText.Read(
            "postgresql://lull@db/app?pgbouncer=true&application_name=chat@home&connect_timeout=3&connection_limit=4&sslrootcert=/etc/ca.pem&sslmode=verify-full"));

        Assert.Equal(("chat@home", 3, 4, "/etc/ca.pem"), (read.ApplicationName, read.Timeout, read.MaxPoolSize, read.RootCertificate));
    }

    [Theory]
    [InlineData("postgresql://lull@db/app")]
    [InlineData("Host=db;Max Auto Prepare=20;Multiplexing=true;No Reset On Close=false;Include Error Detail=true")]
    public void Nothing_is_asked_of_a_session_that_a_pooler_would_not_keep(string text)
    {
        var read = new NpgsqlConnectionStringBuilder(ConnectionText.Read(text));

        Assert.Equal((true, 0, false, "lull", false), (read.NoResetOnClose, read.MaxAutoPrepare, read.Multiplexing, read.ApplicationName, read.IncludeErrorDetail));
        Assert.Equal((10, 10, 10, true), (read.Timeout, read.CommandTimeout, read.MaxPoolSize, read.TcpKeepAlive));
    }

    [Fact]
    public void What_the_operator_chose_is_kept()
    {
        var read = new NpgsqlConnectionStringBuilder(ConnectionText.Read("Host=db;Maximum Pool Size=33;CommandTimeout=7;Timeout=8;ApplicationName=mine;ConnectionLifetime=9"));

        Assert.Equal((33, 7, 8, "mine", 9), (read.MaxPoolSize, read.CommandTimeout, read.Timeout, read.ApplicationName, read.ConnectionLifetime));
    }

    [Theory]
    [InlineData("postgresql://lull:hunter2-hunter2@db/app?sslmode=always", "sslmode is one of disable, allow")]
    [InlineData("postgresql://lull:hunter2-hunter2@db/app?colour=red", "«colour» is not known")]
    [InlineData("postgresql://lull:hunter2-hunter2@db/app?options=-c%20statement_timeout%3D5", "ALTER ROLE")]
    [InlineData("postgresql://lull:hunter2-hunter2@db/app?schema=lull", "DATABASE_SCHEMA")]
    [InlineData("postgresql://lull:hunter2-hunter2@db/app?connect_timeout=soon", "connect_timeout is a whole number")]
    [InlineData("postgresql://lull:hunter2-hunter2@db:65536/app", "its port")]
    [InlineData("postgresql://lull:hunter2-hunter2@db:hunter2-hunter2/app", "not a PostgreSQL URL")]
    [InlineData("postgresql://lull:hunter2-hunter2@/app", "names no host")]
    [InlineData("postgresql://lull:hunter2-hunter2@d b/app", "not a PostgreSQL URL")]
    [InlineData("postgresql://lull:x@hunter2-hunter2?sslmode=require@db/app", "more than one way")]
    [InlineData("postgresql://lull:hunter2-hunter2%00@db/app", "NUL")]
    [InlineData("host=db user=lull password=hunter2-hunter2", "separate keywords with semicolons")]
    [InlineData("Host=db;Password=hunter2;hunter2-hunter2=x", "after the password")]
    [InlineData("Host=db;Colour=red;Password=hunter2-hunter2", "«colour»")]
    [InlineData("Host=db;Password=hunter2-hunter2;;'", "neither a postgresql:// URL")]
    [InlineData("Host=db;Port=hunter2-hunter2", "«port»")]
    [InlineData("Host=db;Options=-c x=y", "ALTER ROLE")]
    [InlineData("Username=lull;Password=hunter2-hunter2", "names no host")]
    public void What_cannot_be_used_is_refused_with_the_reason_and_without_the_password(string text, string reason)
    {
        var message = Assert.Throws<BadConnectionTextException>(() => ConnectionText.Read(text)).Message;

        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_percent_encoded_password_comes_back_as_it_was()
    {
        Property Reads(string password) => (PasswordOf($"postgresql://lull:{Uri.EscapeDataString(password)}@db.example.com:6543/app?sslmode=require") == password).Label(password);

        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(Passwords(), Reads));
    }

    /// <summary>A raw password is read as it is, or refused because it makes the URL ambiguous; never is another one or another server taken for meant.</summary>
    [Fact]
    public void A_raw_password_comes_back_as_it_was_or_is_refused_without_being_shown()
    {
        Property Reads(string password)
        {
            try
            {
                var read = new NpgsqlConnectionStringBuilder(ConnectionText.Read($"postgresql://lull:{password}@db.example.com:6543/app?sslmode=require"));
                return ((read.Password ?? "") == Uri.UnescapeDataString(password) && read.Host == "db.example.com").Label(password);
            }
            catch (BadConnectionTextException e)
            {
                return (password.Contains('@') && (password.Length < 12 || !e.Message.Contains(password, StringComparison.Ordinal))).Label($"{password}: {e.Message}");
            }
        }

        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(Passwords(), Reads));
    }

    [Theory]
    [InlineData("p@ss")]
    [InlineData("p@ss/w?o#r:d&x=y")]
    [InlineData("50%")]
    [InlineData("/")]
    [InlineData("@")]
    [InlineData("a;b='c'\"d\"")]
    public void Reserved_characters_of_a_raw_password_are_read(string password)
        => Assert.Equal(password, PasswordOf($"postgresql://lull:{password}@db.example.com:6543/app?sslmode=require"));

    private static string? PasswordOf(string url) => new NpgsqlConnectionStringBuilder(ConnectionText.Read(url)).Password;

    private static FsCheck.Arbitrary<string> Passwords()
    {
        // Reserved ones much more often than they would come up.
        var character = Gen.Frequency((3, Gen.Elements("@:/?#[]%&=+;,'\" \\$!".ToCharArray())), (2, Gen.Choose(33, 126).Select(c => (char)c)), (1, Gen.Elements("éßñ漢\u00a0\t".ToCharArray())));
        return character.NonEmptyListOf().Select(characters => string.Concat(characters)).ToArbitrary();
    }
}
