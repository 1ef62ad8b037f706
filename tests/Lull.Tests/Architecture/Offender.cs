namespace Lull.Tests.Architecture;

/// <summary>Breaks the room rules on purpose, and from within a lambda, where a look at its members alone would miss it.</summary>
internal static class Offender
{
    public static string Offend(ConversationId id)
    {
        Func<string> hidden = () => $"{new StorageOptions().DataDirectory}{id}{new Mono.Cecil.TypeDefinition("a", "b", default).Name}";
        return hidden();
    }
}
