using Lull.Conversations;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Lull.Hosting.Clustering;

/// <summary>Tells who comes and goes. When a node goes, the others wait for what it had open at once, and need not find it by and by.</summary>
internal sealed partial class MembershipWatch(IClusterMembershipService membership, ILocalSiloDetails self, IDueLine line, ILogger<MembershipWatch> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Dictionary<SiloAddress, SiloStatus> known = [];
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var mustReread = false;
            foreach (var member in snapshot.Members.Values.Where(member => !member.SiloAddress.Equals(self.SiloAddress)))
            {
                var before = known.GetValueOrDefault(member.SiloAddress);
                known[member.SiloAddress] = member.Status;
                if (before != SiloStatus.Active && member.Status == SiloStatus.Active)
                {
                    Log.Joined(logger, member.SiloAddress, Active(snapshot));
                }
                else if (before == SiloStatus.Active && member.Status != SiloStatus.Active)
                {
                    Log.Left(logger, member.SiloAddress, member.Status, Active(snapshot));
                    mustReread = true;
                }
                else if (before is SiloStatus.ShuttingDown or SiloStatus.Stopping && member.Status == SiloStatus.Dead)
                {
                    // What it was still sending when it began to leave has ended by now.
                    mustReread = true;
                }
            }

            if (mustReread)
            {
                line.Reread();
            }
        }
    }

    private static int Active(ClusterMembershipSnapshot snapshot) => snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active);

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Information, "Node {Node} is in the cluster, which has {Count} nodes now")]
        public static partial void Joined(ILogger logger, SiloAddress node, int count);

        [LoggerMessage(32, LogLevel.Warning, "Node {Node} has left the cluster ({Status}), which has {Count} nodes now; they take over what it had open")]
        public static partial void Left(ILogger logger, SiloAddress node, SiloStatus status, int count);
    }
}
