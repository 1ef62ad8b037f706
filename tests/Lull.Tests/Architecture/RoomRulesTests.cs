using Mono.Cecil;

namespace Lull.Tests.Architecture;

/// <summary>Holds the compiled server to the room table and to the rules of the house; every failure is a sentence that names the offender.</summary>
public sealed class RoomRulesTests
{
    private const int LongestFile = 350;
    private static readonly string[] EmptyNames = ["Manager", "Helper", "Util", "Utils", "Utilities", "Common", "Processor", "Service"];

    /// <summary>Production types that others may see; frameworks demand none so far.</summary>
    private static readonly string[] PublicTypes = [];

    /// <summary>Where the vendor's name may stand in a type's name.</summary>
    private static readonly string[] VendorRooms = ["Lull.Receiving", "Lull.Delivering"];

    private static readonly IReadOnlyList<TypeDefinition> Types = OwnTypes(typeof(ConversationId).Assembly.Location);

    [Fact]
    public void Every_room_uses_only_what_the_table_allows()
        => AssertNone(from room in RoomTable.Rooms
                      from type in Types
                      where room.Owns(type)
                      from offence in room.Offences(type)
                      select offence);

    [Fact]
    public void Every_type_lives_in_a_room()
        => AssertNone(from type in Types
                      where !RoomTable.Rooms.Any(room => room.Owns(type)) && !RoomTable.Composers.Any(name => InRoom(type, name))
                      select $"{type.FullName} is in no room; the rooms are {string.Join(", ", RoomTable.Rooms.Select(room => room.Name).Concat(RoomTable.Composers))}.");

    [Fact]
    public void Production_types_are_internal()
        => AssertNone(from type in Types
                      where type.IsPublic && !PublicTypes.Contains(type.FullName)
                      select $"{type.FullName} is public; make it internal, or list it in {nameof(PublicTypes)} with its reason.");

    [Fact]
    public void Classes_are_sealed_static_or_abstract()
        => AssertNone(from type in Types
                      where type.IsClass && !type.IsValueType && !type.IsSealed && !type.IsAbstract
                      select $"{type.FullName} is neither sealed nor static nor abstract.");

    [Fact]
    public void One_folder_is_one_namespace()
        => AssertNone(from file in Repository.Sources("src/Lull")
                      let folder = Path.GetRelativePath(Path.Combine(Repository.Root, "src"), Path.GetDirectoryName(file)!)
                      let expected = $"namespace {folder.Replace(Path.DirectorySeparatorChar, '.')};"
                      let declared = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))
                      where declared is not null && declared.TrimEnd() != expected
                      select $"{Path.GetRelativePath(Repository.Root, file)} says «{declared}», but its folder is «{expected}».");

    [Fact]
    public void The_vendors_name_stands_only_where_the_vendor_is_met()
        => AssertNone(from type in Types
                      where type.Name.Contains("GoHighLevel", StringComparison.OrdinalIgnoreCase) || type.Name.StartsWith("Ghl", StringComparison.Ordinal)
                      where !VendorRooms.Any(room => type.Namespace == room || type.Namespace.StartsWith($"{room}.", StringComparison.Ordinal))
                      select $"{type.FullName} is named for the vendor outside {string.Join(" and ", VendorRooms)}.");

    [Fact]
    public void No_type_has_a_name_that_says_nothing()
        => AssertNone(from type in Types
                      let bad = EmptyNames.FirstOrDefault(name => type.Name.EndsWith(name, StringComparison.Ordinal))
                      where bad is not null
                      select $"{type.FullName} ends in {bad}; name it for what it is.");

    [Fact]
    public void No_source_file_is_too_long()
        => AssertNone(from file in Repository.Sources("src").Concat(Repository.Sources("tests"))
                      let lines = File.ReadLines(file).Count()
                      where lines > LongestFile
                      select $"{Path.GetRelativePath(Repository.Root, file)} has {lines} lines; {LongestFile} is the most.");

    [Fact]
    public void A_type_that_breaks_the_table_is_named_with_the_room_and_the_package_it_entered()
    {
        var room = new Room("Messages", [], ["Mono.Cecil"]);
        var offender = OwnTypes(typeof(RoomRulesTests).Assembly.Location).Single(type => type.Name == nameof(Offender));

        var offences = room.Offences(offender).ToArray();

        Assert.Contains(offences, offence => offence.Contains($"{nameof(Offender)} is in the room Messages and uses Lull.Storage.StorageOptions of the room Storage", StringComparison.Ordinal));
        Assert.Contains(offences, offence => offence.Contains("Mono.Cecil.TypeDefinition of the package Mono.Cecil", StringComparison.Ordinal));
        Assert.DoesNotContain(offences, offence => offence.Contains("Lull.Messages.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_guarded_package_is_open_to_the_named_types_only()
    {
        var offender = OwnTypes(typeof(RoomRulesTests).Assembly.Location).Single(type => type.Name == nameof(Offender));
        var closed = new Room("Storage", ["Messages"], []) { Guarded = [("Mono.Cecil", ["Setup"])] };
        var open = closed with { Guarded = [("Mono.Cecil", ["Offender"])] };

        Assert.NotEmpty(closed.Offences(offender));
        Assert.Empty(open.Offences(offender));
    }

    private static IReadOnlyList<TypeDefinition> OwnTypes(string assembly)
        => [.. AssemblyDefinition.ReadAssembly(assembly).MainModule.Types.Where(type => type.Namespace.StartsWith("Lull", StringComparison.Ordinal))];

    private static bool InRoom(TypeDefinition type, string room)
        => type.Namespace == $"Lull.{room}" || type.Namespace.StartsWith($"Lull.{room}.", StringComparison.Ordinal);

    private static void AssertNone(IEnumerable<string> offences)
    {
        var found = offences.Distinct().ToArray();
        Assert.True(found.Length == 0, string.Join(Environment.NewLine, found));
    }
}
