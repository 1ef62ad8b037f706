using Lull.Replying;

namespace Lull.Hosting;

/// <summary>Remembers what the reply writer was given, so that the demo can show it.</summary>
internal sealed class PromptEcho
{
    private volatile ReplyRequest? _last;

    /// <summary>What the writer was given last; null before its first reply.</summary>
    public ReplyRequest? Last => _last;

    /// <summary>Puts itself in front of the registered writer.</summary>
    public void Follow(IServiceCollection services)
    {
        var writer = services.LastOrDefault(service => service.ServiceType == typeof(IReplyWriter) && !service.IsKeyedService);
        if (writer is not null)
        {
            services.AddSingleton<IReplyWriter>(provider => new Listener(Create(provider, writer), this));
        }
    }

    private static IReplyWriter Create(IServiceProvider provider, ServiceDescriptor writer)
        => (IReplyWriter)(writer.ImplementationInstance
            ?? writer.ImplementationFactory?.Invoke(provider)
            ?? ActivatorUtilities.CreateInstance(provider, writer.ImplementationType!));

    private sealed class Listener(IReplyWriter writer, PromptEcho echo) : IReplyWriter
    {
        public string Name => writer.Name;

        public Task<ReplyOutcome> WriteAsync(ReplyRequest request, CancellationToken cancellationToken)
        {
            echo._last = request;
            return writer.WriteAsync(request, cancellationToken);
        }
    }
}
