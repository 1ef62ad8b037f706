using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Answers;

/// <summary>The part of a list that is asked for: <c>?limit=</c> (1–1000, else 100) and <c>?after=</c>, the <c>next</c> of the page before.</summary>
internal sealed class PageQuery
{
    public const int DefaultLimit = 100, MaxLimit = 1000;

    /// <summary>Texts, so that a wrong one is answered with the field's name.</summary>
    [FromQuery(Name = "limit")]
    [Description("How many at most, 1 to 1000; 100 when not given.")]
    public string? Limit { get; init; }

    [FromQuery(Name = "after")]
    [Description("The 'next' of the page before; the first page when not given.")]
    public string? After { get; init; }

    /// <summary>The checked page, or the problem document that names what is wrong.</summary>
    public (Page Page, ProblemHttpResult? Problem) Read()
    {
        var errors = new Dictionary<string, string[]>();
        var limit = DefaultLimit;
        if (Limit is not null && (!Number(Limit, out limit) || limit is < 1 or > MaxLimit))
        {
            errors["limit"] = [$"must be a whole number from 1 to {MaxLimit}"];
        }

        long after = 0;
        if (After is not null && !long.TryParse(After, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out after))
        {
            errors["after"] = ["must be the 'next' of the page before"];
        }

        return (new(limit, After is null ? null : after), errors.Count == 0 ? null : Problems.Invalid(errors));
    }

    /// <summary>What <c>next</c> says for a position of the store.</summary>
    public static string? Next(long? position) => position?.ToString(CultureInfo.InvariantCulture);

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>One checked page of a list.</summary>
internal readonly record struct Page(int Limit, long? After);
