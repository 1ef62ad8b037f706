using Lull.Delivering;
using Lull.Replying;

namespace Lull.Hosting.Crashing;

/// <summary>Puts crash points into the seams of a process that was started to die; without any, nothing is put anywhere.</summary>
internal static class CrashSetup
{
    public static void AddCrashPoints(this IServiceCollection services, IReadOnlyList<CrashPoint> points)
    {
        if (points.Count == 0)
        {
            return;
        }

        var plan = new CrashPlan(points);
        Wrap<IMessageStore>(services, plan);
        Wrap<IReplyWriter>(services, plan);
        Wrap<IReplySender>(services, plan);
    }

    private static void Wrap<T>(IServiceCollection services, CrashPlan plan)
        where T : class
    {
        var inner = services.Last(service => service.ServiceType == typeof(T));
        services.Remove(inner);
        services.AddSingleton(provider => CrashingCalls.Around(
            (T)(inner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)), plan));
    }
}
