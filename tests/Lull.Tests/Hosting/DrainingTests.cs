using Lull.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Lull.Tests.Hosting;

public sealed class DrainingTests
{
    [Theory]
    [InlineData(false, "POST", 204)]
    [InlineData(true, "POST", 503)]
    [InlineData(true, "GET", 204)]
    public async Task Once_stopping_new_work_is_told_to_come_back_and_questions_are_answered(bool isStopping, string method, int status)
    {
        var lifetime = new Lifetime();
        await using var services = new ServiceCollection().AddSingleton<IHostApplicationLifetime>(lifetime).AddLogging().AddProblemDetails().BuildServiceProvider();
        var app = new ApplicationBuilder(services);
        app.UseDraining();
        app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        var pipeline = app.Build();
        if (isStopping)
        {
            lifetime.StopApplication();
        }

        var context = new DefaultHttpContext { RequestServices = services, Request = { Method = method, Path = "/webhook" } };
        await pipeline(context);

        Assert.Equal(status, context.Response.StatusCode);
        Assert.Equal(status == 503 ? "5" : "", context.Response.Headers.RetryAfter.ToString());
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => default;
        public CancellationToken ApplicationStopping => _stopping.Token;
        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopping.Cancel();
    }
}
