using Mono.Cecil;

namespace Lull.Tests.Architecture;

/// <summary>One row of the room table: what a room may use of Lull, and which packages it must not touch.</summary>
/// <param name="Name">The folder below <c>src/Lull</c>.</param>
/// <param name="Rooms">The rooms it may use whole.</param>
/// <param name="Packages">Prefixes of assembly names it must not touch.</param>
internal sealed record Room(string Name, string[] Rooms, string[] Packages)
{
    private const string Root = "Lull";

    /// <summary>Single types of other rooms it may use, by full name.</summary>
    public string[] Doors { get; init; } = [];

    /// <summary>Exceptions to <see cref="Packages"/>: assemblies it may touch after all.</summary>
    public string[] Except { get; init; } = [];

    /// <summary>Packages that only the types named here may touch: suffixes of type names, or folders of the room.</summary>
    public (string Package, string[] OnlyIn)[] Guarded { get; init; } = [];

    public bool Owns(TypeDefinition type) => IsIn(type.Namespace, Name);

    /// <summary>One sentence for every rule the type breaks.</summary>
    public IEnumerable<string> Offences(TypeDefinition type, string ownAssembly = Root)
        => TypeReferences.Of(type).SelectMany(used => Offences(type, used, ownAssembly));

    private IEnumerable<string> Offences(TypeDefinition type, UsedType used, string ownAssembly)
    {
        if (used.Assembly == ownAssembly && used.Namespace.StartsWith($"{Root}.", StringComparison.Ordinal))
        {
            if (!MayEnter(used))
            {
                yield return $"{type.FullName} is in the room {Name} and uses {used.Namespace}.{used.Name} of the room {RoomOf(used.Namespace)}, which {Name} must not enter.";
            }

            yield break;
        }

        if (Packages.Any(package => used.Assembly.StartsWith(package, StringComparison.Ordinal)) && !Except.Contains(used.Assembly))
        {
            yield return $"{type.FullName} is in the room {Name} and uses {used.Namespace}.{used.Name} of the package {used.Assembly}, which {Name} must not touch.";
        }

        foreach (var (package, onlyIn) in Guarded)
        {
            if (used.Assembly.StartsWith(package, StringComparison.Ordinal) && !onlyIn.Any(place => type.Name.EndsWith(place, StringComparison.Ordinal) || IsIn(type.Namespace, $"{Name}.{place}")))
            {
                yield return $"{type.FullName} uses {used.Namespace}.{used.Name} of the package {used.Assembly}, which in {Name} only types named …{string.Join(" or …", onlyIn)} may touch.";
            }
        }
    }

    private bool MayEnter(UsedType used)
        => IsIn(used.Namespace, Name)
            || Rooms.Any(room => IsContractOf(used.Namespace, room))
            || Doors.Contains($"{used.Namespace}.{used.Name}");

    // A driver's folder below a room is nobody else's business.
    private static bool IsContractOf(string space, string room) => room == "Storage" ? space == $"{Root}.{room}" : IsIn(space, room);

    private static bool IsIn(string space, string room) => space == $"{Root}.{room}" || space.StartsWith($"{Root}.{room}.", StringComparison.Ordinal);

    private static string RoomOf(string space) => space.Split('.')[1];
}
