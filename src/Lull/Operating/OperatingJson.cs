using System.Text.Json.Serialization;
using Lull.Operating.Answers;
using Lull.Operating.Endpoints;
using Lull.Operating.Telling;

namespace Lull.Operating;

/// <summary>Everything this room writes as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcMilliseconds)])]
[JsonSerializable(typeof(AttentionCleared))]
[JsonSerializable(typeof(AttentionList))]
[JsonSerializable(typeof(AuditStatus))]
[JsonSerializable(typeof(BatchAction))]
[JsonSerializable(typeof(BatchConfig))]
[JsonSerializable(typeof(BatchConfigChange))]
[JsonSerializable(typeof(BatchStatus))]
[JsonSerializable(typeof(ConfigStatus))]
[JsonSerializable(typeof(ContactErased))]
[JsonSerializable(typeof(ContactExport))]
[JsonSerializable(typeof(ConversationPause))]
[JsonSerializable(typeof(ConversationPaused))]
[JsonSerializable(typeof(ConversationStatus))]
[JsonSerializable(typeof(DeadLetterFilter))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(DeadLettersRetried))]
[JsonSerializable(typeof(ForcedBatch))]
[JsonSerializable(typeof(FrontPageStatus))]
[JsonSerializable(typeof(HealthStatus))]
[JsonSerializable(typeof(HeldPage))]
[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(MessageStatus))]
[JsonSerializable(typeof(PauseStatus))]
[JsonSerializable(typeof(PauseTarget))]
[JsonSerializable(typeof(QueueStatus))]
[JsonSerializable(typeof(Alert))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class OperatingJson : JsonSerializerContext;
