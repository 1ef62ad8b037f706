using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Lull.Bench.Load;

/// <summary>Linux' epoll: one system call for all that is ready, whatever the number of connections.</summary>
internal sealed class EpollReadiness : Readiness
{
    private const int Add = 1, Readable = 1, MostAtOnce = 256, SetTimerSlack = 29;
    private const long Nanosecond = 1, NanosecondsInSecond = 1_000_000_000, NanosecondsInTick = 100;

    /// <summary>Longer waits need not be finer than a millisecond.</summary>
    private static readonly TimeSpan Coarse = TimeSpan.FromMilliseconds(20);

    // The kernel packs the event on x86-64 and nowhere else: a 32-bit mask, then 64 bits of ours.
    private static readonly (int Size, int Data) Event = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (12, 4) : (16, 8);

    private readonly byte[] _events = new byte[MostAtOnce * Event.Size];
    private readonly int[] _found = new int[MostAtOnce];
    private readonly int _epoll;

    public EpollReadiness(Socket[] sockets)
    {
        _epoll = Checked(Create(0));
        for (var place = 0; place < sockets.Length; place++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_events, Readable);
            BinaryPrimitives.WriteInt64LittleEndian(_events.AsSpan(Event.Data), place);
            Checked(Control(_epoll, Add, (int)sockets[place].SafeHandle.DangerousGetHandle(), ref _events[0]));
        }
    }

    public override ReadOnlySpan<int> Wait(TimeSpan most)
    {
        if (most < Coarse)
        {
            Doze(most);
            most = TimeSpan.Zero;
        }

        // Interrupted counts as nothing ready: the caller looks again.
        var count = Math.Max(0, WaitFor(_epoll, ref _events[0], MostAtOnce, (int)most.TotalMilliseconds));
        for (var i = 0; i < count; i++)
        {
            _found[i] = (int)BinaryPrimitives.ReadInt64LittleEndian(_events.AsSpan((i * Event.Size) + Event.Data));
        }

        return _found.AsSpan(0, count);
    }

    public override void Dispose() => _ = Close(_epoll);

    /// <summary>Until something is ready, but no longer than this, to within some microseconds and without burning a core.</summary>
    private void Doze(TimeSpan most)
    {
        if (most <= TimeSpan.Zero)
        {
            return;
        }

        // Of this thread, which may be another one than the last time.
        _ = Control(SetTimerSlack, (nuint)Nanosecond);
        var poll = new PollFile(_epoll, Readable, 0);
        var nanoseconds = most.Ticks * NanosecondsInTick;
        var time = new TimeSpec((nint)(nanoseconds / NanosecondsInSecond), (nint)(nanoseconds % NanosecondsInSecond));
        _ = Poll(ref poll, 1, in time, 0);
    }

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static extern int Create(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static extern int Control(int epoll, int operation, int file, ref byte what);

    [DllImport("libc", EntryPoint = "epoll_wait")]
    private static extern int WaitFor(int epoll, ref byte events, int most, int milliseconds);

    [DllImport("libc", EntryPoint = "ppoll")]
    private static extern int Poll(ref PollFile files, nuint count, in TimeSpec time, nint signals);

    [DllImport("libc", EntryPoint = "prctl")]
    private static extern int Control(int option, nuint value);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int file);

    private record struct PollFile(int File, short Wanted, short Got);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
