using System.Net;
using System.Text.Json.Nodes;

namespace Lull.Tests.Operating;

/// <summary>Compares answers with JSON written for a reader: names, order and values must agree, blanks need not.</summary>
internal static class JsonAssert
{
    public static void Is(string expected, string actual) => Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), JsonNode.Parse(actual)!.ToJsonString());

    /// <summary>A problem document of this status and type.</summary>
    public static JsonNode Problem((HttpStatusCode Status, string Body) answer, HttpStatusCode status, string type)
    {
        Assert.Equal(status, answer.Status);
        var problem = JsonNode.Parse(answer.Body)!;
        Assert.Equal("urn:lull:problem:" + type, (string?)problem["type"]);
        Assert.Equal((int)status, (int?)problem["status"]);
        Assert.NotEmpty((string)problem["title"]!);
        Assert.NotEmpty((string)problem["detail"]!);
        return problem;
    }
}
