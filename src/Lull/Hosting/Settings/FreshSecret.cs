using System.Security.Cryptography;

namespace Lull.Hosting.Settings;

/// <summary>Random secrets that can be pasted anywhere: letters and digits only.</summary>
internal static class FreshSecret
{
    public static string Next() => RandomNumberGenerator.GetHexString(48, lowercase: true);
}
