using System.Net;
using Lull.Receiving;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Lull.Hosting;

/// <summary>The web server: where it listens and what it puts up with.</summary>
internal static class WebSetup
{
    public static void AddWeb(this WebApplicationBuilder builder, HostingOptions options)
    {
        // HOST and PORT alone decide; a container's ASPNETCORE_* must neither open another port nor warn about it.
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "");
        builder.WebHost.UseSetting("http_ports", "");
        builder.WebHost.UseSetting("https_ports", "");
        builder.WebHost.UseSockets(Hasten);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            foreach (var address in options.Addresses)
            {
                kestrel.Listen(address, options.Port);
            }
        });
    }

    /// <summary>Believes <c>X-Forwarded-*</c> of the trusted proxies only; without any, of nobody.</summary>
    public static void UseTrustedProxies(this IApplicationBuilder app, HostingOptions options)
    {
        if (options.TrustedProxies.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost, ForwardLimit = null };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in options.TrustedProxies)
        {
            forwarded.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(forwarded);
    }

    /// <summary>Webhooks are small and what they wait for is awaited, never blocked on: handing each from thread to thread costs more than handling it.</summary>
    private static void Hasten(SocketTransportOptions sockets)
    {
        sockets.UnsafePreferInlineScheduling = true;

        // Costs an idle connection one buffer, and saves a busy one a call to the kernel for each request.
        sockets.WaitForDataBeforeAllocatingBuffer = false;
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = ReceivingOptions.MaxBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
