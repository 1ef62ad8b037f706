using System.Globalization;
using Lull.Operating.Access;
using Lull.Operating.Answers;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Lull.Operating;

/// <summary>What the OpenAPI document says beyond the endpoints themselves: title, version, who may call what.</summary>
internal static class OpenApiDescription
{
    public const string Bearer = "bearer";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            Describe(schema, context.JsonTypeInfo.Type);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    }

    /// <summary>An instant has a converter of its own, which hides from the document that it is a text.</summary>
    private static void Describe(OpenApiSchema schema, Type type)
    {
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(DateTimeOffset))
        {
            schema.Type = type == typeof(DateTimeOffset) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = "date-time";
        }
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new() { Title = Product.Name, Version = Product.Version, Description = Product.Description };
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "A token of the setting ADMIN_TOKEN. Without that setting only a program on the same machine may call.",
        };
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        foreach (var parameter in operation.Parameters ?? [])
        {
            if (parameter is OpenApiParameter { Name: "limit" } limit)
            {
                limit.Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer, Minimum = "1", Maximum = PageQuery.MaxLimit.ToString(CultureInfo.InvariantCulture), Default = PageQuery.DefaultLimit,
                };
            }
            else if (parameter is OpenApiParameter { Name: "location", In: ParameterLocation.Query, Description: null } location)
            {
                location.Description = "The contact's location; needed where its id exists in several.";
            }
        }

        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<OperatorOnly>().Any())
        {
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
            foreach (var (status, text) in Refusals)
            {
                operation.Responses ??= [];
                operation.Responses.TryAdd(status, new OpenApiResponse { Description = text });
            }
        }
    }

    private static readonly (string Status, string Text)[] Refusals =
    [
        ("401", "No valid admin token."),
        ("403", "Called from elsewhere without ADMIN_TOKEN being set, or by a page of a foreign origin."),
        ("429", "Too many invalid tokens from this address."),
        ("503", "The store does not answer now."),
    ];
}
