using Lull.Storage.Postgres.Connecting;

namespace Lull.Hosting.Settings;

/// <summary>Where the store is, and what must not be put into it by mistake.</summary>
internal static class StoreSettings
{
    /// <summary>Platforms that give every deploy a new disk, by the variable they set.</summary>
    private static readonly (string Variable, string Name)[] Ephemeral = [("RENDER", "Render"), ("RAILWAY_ENVIRONMENT", "Railway"), ("DYNO", "Heroku")];

    public static StorageOptions Read(SettingsReader reader) => new()
    {
        DataDirectory = reader.Text("DATA_DIR")!,
        Postgres = TryConnection(reader, out _) is { } connection ? new() { ConnectionString = connection, Schema = reader.Text("DATABASE_SCHEMA")! } : null,
    };

    /// <summary>Notes every violation in the reader.</summary>
    public static void Check(SettingsReader reader)
    {
        TryConnection(reader, out var fault);
        if (fault is not null)
        {
            reader.Complain("DATABASE_URL", fault);
        }

        if (reader.Text("CLUSTER_ADDRESS") is not null && reader.IsMissing("DATABASE_URL"))
        {
            reader.Refuse("CLUSTER_ADDRESS", "nothing without DATABASE_URL, because nodes meet in the database they share; set DATABASE_URL, or leave CLUSTER_ADDRESS empty");
        }

        var listened = reader.Whole("CLUSTER_LISTEN_PORT") == 0 ? "CLUSTER_PORT" : "CLUSTER_LISTEN_PORT";
        if (reader.Text("CLUSTER_ADDRESS") is not null && reader.Whole(listened) == reader.Whole("PORT"))
        {
            reader.Refuse(listened, "another port than PORT, because one is for other nodes only and the other for everybody");
        }

        CheckDisk(reader);
    }

    private static void CheckDisk(SettingsReader reader)
    {
        if (!reader.IsMissing("DATABASE_URL") || reader.Switch("ALLOW_EPHEMERAL_STORE") || IsOnVolume(reader))
        {
            return;
        }

        foreach (var (variable, name) in Ephemeral)
        {
            if (reader.Surroundings(variable) is not null)
            {
                reader.Complain(
                    "DATABASE_URL",
                    $"must be set, because {name} ({variable} is set) gives every deploy a new disk, and the messages in DATA_DIR={reader.Text("DATA_DIR")} would be gone; "
                    + "or put DATA_DIR on a disk that stays and set ALLOW_EPHEMERAL_STORE=true");
                return;
            }
        }
    }

    /// <summary>Railway says where its volume is.</summary>
    private static bool IsOnVolume(SettingsReader reader)
    {
        if (reader.Surroundings("RAILWAY_VOLUME_MOUNT_PATH") is not { } mount)
        {
            return false;
        }

        var inside = Path.GetRelativePath(Path.GetFullPath(mount), Path.GetFullPath(reader.Text("DATA_DIR")!));
        return inside != ".." && !inside.StartsWith("../", StringComparison.Ordinal) && !Path.IsPathRooted(inside);
    }

    private static string? TryConnection(SettingsReader reader, out string? fault)
    {
        fault = null;
        try
        {
            return reader.Text("DATABASE_URL") is { } text ? ConnectionText.Read(text) : null;
        }
        catch (BadConnectionTextException e)
        {
            fault = e.Message;
            return null;
        }
    }
}
