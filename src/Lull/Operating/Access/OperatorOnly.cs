namespace Lull.Operating.Access;

/// <summary>Marks an endpoint that only the operator may call.</summary>
internal sealed class OperatorOnly;
