using System.Reflection;
using System.Text.RegularExpressions;
using Lull.Delivering;
using Lull.Replying;

namespace Lull.Hosting.Crashing;

/// <summary>
/// A seam with crash points around every call. Made by reflection, so that no method of a seam can be forgotten and none needs a line here; it exists only in a process that was started to die.
/// </summary>
internal static partial class CrashingCalls
{
    private static readonly Type[] Seams = [typeof(IMessageStore), typeof(IReplyWriter), typeof(IReplySender)];

    /// <summary>Every call that can be a crash point, as it is written in a <see cref="CrashPoint"/>.</summary>
    public static IReadOnlySet<string> Steps { get; } = Seams.SelectMany(seam => (Type[])[seam, .. seam.GetInterfaces()])
        .SelectMany(seam => seam.GetMethods()).Where(Ends).Select(NameOf).ToHashSet();

    public static T Around<T>(T inner, CrashPlan plan)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Proxy>();
        ((Proxy)(object)proxy).Begin(inner, plan);
        return proxy;
    }

    private static string NameOf(MethodInfo method) => Kebab(method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name[..^5] : method.Name);

    private static string Kebab(string name) => Hump().Replace(name, "-").ToLowerInvariant();

    /// <summary>True for a call that is awaited for its end; a property or a stream of rows is none.</summary>
    private static bool Ends(MethodInfo method) => typeof(Task).IsAssignableFrom(method.ReturnType) || IsValueTask(method);

    private static bool IsValueTask(MethodInfo method) => method.ReturnType.IsGenericType && method.ReturnType.GetGenericTypeDefinition() == typeof(ValueTask<>);

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Hump();

    /// <summary>The runtime derives from it: neither sealed nor abstract.</summary>
    internal class Proxy : DispatchProxy
    {
        private static readonly MethodInfo Task1 = typeof(Proxy).GetMethod(nameof(AfterTaskAsync), BindingFlags.Instance | BindingFlags.NonPublic)!;
        private static readonly MethodInfo ValueTask1 = typeof(Proxy).GetMethod(nameof(AfterValueTaskAsync), BindingFlags.Instance | BindingFlags.NonPublic)!;

        private object _inner = null!;
        private CrashPlan _plan = null!;

        public void Begin(object inner, CrashPlan plan) => (_inner, _plan) = (inner, plan);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var method = targetMethod!;
            if (!Ends(method))
            {
                return method.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
            }

            if (args is [WebhookArrival { Conversation: { } conversation }, ..])
            {
                _plan.Heard(conversation.Contact);
            }

            var name = NameOf(method);
            List<string> steps = [name, .. KindsOf(args ?? []).Select(kind => $"{name}.{kind}")];
            _plan.Reached(CrashWhen.Throws, steps);
            _plan.Reached(CrashWhen.Before, steps);
            var call = method.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
            if (method.ReturnType == typeof(Task))
            {
                return AfterAsync((Task)call!, steps);
            }

            var after = (IsValueTask(method) ? ValueTask1 : Task1).MakeGenericMethod(method.ReturnType.GetGenericArguments()[0]);
            return after.Invoke(this, [call, steps]);
        }

        /// <summary>Names of closed families' members (<c>Release.Newer</c> → <c>newer</c>) and of enums.</summary>
        private static IEnumerable<string> KindsOf(params IEnumerable<object?> values)
            => from value in values
               where value is Enum || value?.GetType() is { DeclaringType: not null }
               select Kebab(value is Enum ? value.ToString()! : value.GetType().Name);

        private async Task AfterAsync(Task call, List<string> steps)
        {
            await call;
            _plan.Reached(CrashWhen.After, steps);
            _plan.Reached(CrashWhen.Stands, steps);
        }

        private async Task<T> AfterTaskAsync<T>(Task<T> call, List<string> steps)
        {
            var result = await call;

            // False and null say that nothing has changed: the step was not taken.
            if (result is not (null or false))
            {
                string[] all = [.. steps, .. KindsOf(result).Select(kind => $"{steps[0]}.{kind}")];
                _plan.Reached(CrashWhen.After, all);
                _plan.Reached(CrashWhen.Stands, all);
            }

            return result;
        }

        private async ValueTask<T> AfterValueTaskAsync<T>(ValueTask<T> call, List<string> steps) => await AfterTaskAsync(call.AsTask(), steps);
    }
}
