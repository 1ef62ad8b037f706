using System.Text;
using System.Text.Unicode;
using Lull.Receiving.Dialects;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Lull.Receiving;

/// <summary>Turns <c>multipart/form-data</c> into the <c>application/x-www-form-urlencoded</c> that says the same; files are left out.</summary>
internal static class MultipartForm
{
    /// <summary>The form, or empty with a complaint about the whole body.</summary>
    public static async ValueTask<(ReadOnlyMemory<byte> Form, string? Complaint)> ReadAsync(ReadOnlyMemory<byte> body, string contentType, CancellationToken cancellationToken)
    {
        if (BoundaryOf(contentType) is not { Length: > 0 } boundary)
        {
            return (default, "is a multipart form whose Content-Type names no boundary");
        }

        try
        {
            return await FieldsAsync(new(boundary, new MemoryStream(body.ToArray(), writable: false)), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException)
        {
            return (default, "is not a readable multipart form");
        }
    }

    private static async ValueTask<(ReadOnlyMemory<byte> Form, string? Complaint)> FieldsAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        var fields = new List<string>();
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
        {
            if (section.GetContentDispositionHeader() is not { } disposition || !disposition.IsFormDisposition())
            {
                continue;
            }

            var value = new MemoryStream();
            await section.Body.CopyToAsync(value, cancellationToken);
            if (fields.Count == FormJson.MaxFields)
            {
                return (default, $"has more than {FormJson.MaxFields} fields");
            }

            if (!Utf8.IsValid(value.GetBuffer().AsSpan(0, (int)value.Length)))
            {
                return (default, "is not valid UTF-8");
            }

            var text = Encoding.UTF8.GetString(value.GetBuffer(), 0, (int)value.Length);
            fields.Add($"{Uri.EscapeDataString(HeaderUtilities.RemoveQuotes(disposition.Name).ToString())}={Uri.EscapeDataString(text)}");
        }

        return (Encoding.UTF8.GetBytes(string.Join('&', fields)), null);
    }

    private static string? BoundaryOf(string contentType)
        => MediaTypeHeaderValue.TryParse(contentType, out var media) ? HeaderUtilities.RemoveQuotes(media.Boundary).Value : null;
}
