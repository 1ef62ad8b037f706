using System.Net;
using System.Net.Sockets;

namespace Lull.Operating.Access;

/// <summary>Counts failed tokens by address: after ten within a minute every further one is refused with 429 until that minute is over.</summary>
internal sealed class FailureLimit(TimeProvider time)
{
    /// <summary>Failures that are answered with 401 before 429 begins.</summary>
    public const int Failures = 10;

    private const int MaxAddresses = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Count> _counts = [];

    /// <summary>How long the address has to wait, or null when it may try.</summary>
    public TimeSpan? WaitFor(IPAddress? address)
    {
        lock (_lock)
        {
            return _counts.TryGetValue(KeyOf(address), out var count) && count.Failures >= Failures && Left(count) is { Ticks: > 0 } left
                ? left
                : null;
        }
    }

    /// <summary>Counts one failure.</summary>
    public void Failed(IPAddress? address)
    {
        var key = KeyOf(address);
        lock (_lock)
        {
            var known = _counts.TryGetValue(key, out var count) && Left(count) > TimeSpan.Zero;
            if (!known && _counts.Count >= MaxAddresses)
            {
                MakeRoom();
            }

            _counts[key] = known ? count with { Failures = count.Failures + 1 } : new(time.GetTimestamp(), 1);
        }
    }

    private void MakeRoom()
    {
        foreach (var (address, count) in _counts)
        {
            if (Left(count) <= TimeSpan.Zero)
            {
                _counts.Remove(address);
            }
        }

        // A flood from more addresses than that within a minute: forgetting all of them bounds the memory and favours the operator.
        if (_counts.Count >= MaxAddresses)
        {
            _counts.Clear();
        }
    }

    private TimeSpan Left(Count count) => Window - time.GetElapsedTime(count.Since);

    /// <summary>One subscriber of IPv6 has a whole /64, so that is one address here.</summary>
    private static IPAddress KeyOf(IPAddress? address)
    {
        if (address is null || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address ?? IPAddress.None;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }

    private readonly record struct Count(long Since, int Failures);
}
