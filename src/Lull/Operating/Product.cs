using System.Reflection;

namespace Lull.Operating;

/// <summary>Name and version of this program.</summary>
internal static class Product
{
    public const string Name = "Lull";

    public const string Description = "Waits for the lull in a contact's burst of messages and answers it once.";

    /// <summary>Without the commit that the SDK appends.</summary>
    public static string Version { get; } = Read();

    private static string Read()
    {
        var version = typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        return version.Split('+')[0];
    }
}
