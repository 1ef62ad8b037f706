using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Lull.Replying;

/// <summary>Registers the room: the writer that the options ask for, and the prompts.</summary>
internal static class ReplyingSetup
{
    /// <summary>
    /// Adds <see cref="IReplyWriter"/> and <see cref="PromptLibrary"/>, and for a model <see cref="IChatClient"/>. Check <see cref="PromptLibrary.Load(ReplyingOptions)"/> first: broken prompts throw here
    /// when the first of them is resolved.
    /// </summary>
    public static IServiceCollection AddReplying(this IServiceCollection services, ReplyingOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton(options);
        services.AddSingleton<PromptLibrary>();
        if (options.PromptsFile is not null)
        {
            services.AddHostedService<PromptReload>();
        }

        if (options.IsRehearsal)
        {
            return services.AddSingleton<IReplyWriter, RehearsalWriter>();
        }

        services.AddSingleton<ModelMetrics>();
        services.TryAddSingleton<IChatClient>(provider => OpenAiChat.Create(options, provider.GetRequiredService<TimeProvider>()));
        return services.AddSingleton<IReplyWriter, ModelWriter>();
    }
}
