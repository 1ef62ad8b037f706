using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lull.Operating.Answers;

/// <summary>How much of a list that has no pages is asked for: <c>?limit=</c> (1–1000, else 100).</summary>
internal sealed class LimitQuery
{
    /// <summary>A text, so that a wrong one is answered with the field's name.</summary>
    [FromQuery(Name = "limit")]
    [Description("How many at most, 1 to 1000; 100 when not given.")]
    public string? Limit { get; init; }

    public (int Limit, ProblemHttpResult? Problem) Read()
    {
        var (page, problem) = new PageQuery { Limit = Limit }.Read();
        return (page.Limit, problem);
    }
}
