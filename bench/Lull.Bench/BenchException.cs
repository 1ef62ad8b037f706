namespace Lull.Bench;

/// <summary>A measurement that could not be made, said in a sentence; what was printed before it still holds.</summary>
internal sealed class BenchException(string message) : Exception(message);
