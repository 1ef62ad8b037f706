namespace Lull.Messages;

/// <summary>What is known of a contact. Every part is the contact's or the vendor's word and never trusted as an instruction.</summary>
internal sealed record ContactProfile
{
    public string? Name { get; init; }
    public string? FirstName { get; init; }
    public string? Phone { get; init; }
    public string? Email { get; init; }

    /// <summary>IANA name, for example <c>America/Chicago</c>.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The lead source (<c>sourceforai</c>): selects a known prompt, nothing else.</summary>
    public string? Source { get; init; }

    /// <summary>The whole list of tags, or null when the webhook said nothing of tags.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>This profile with everything that <paramref name="newer"/> says taken over.</summary>
    public ContactProfile With(ContactProfile? newer) => newer is null ? this : new()
    {
        Name = newer.Name ?? Name,
        FirstName = newer.FirstName ?? FirstName,
        Phone = newer.Phone ?? Phone,
        Email = newer.Email ?? Email,
        TimeZone = newer.TimeZone ?? TimeZone,
        Source = newer.Source ?? Source,
        Tags = newer.Tags ?? Tags,
    };
}
