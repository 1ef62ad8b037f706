namespace Lull.Replying;

/// <summary>Shortens texts so that the reader sees that they were shortened.</summary>
internal static class Cut
{
    public const string Mark = "… [cut]";

    /// <summary>The text, or its beginning and the mark, together at most <paramref name="maxChars"/> long; never half a character.</summary>
    public static string To(string text, int maxChars)
    {
        if (text.Length <= maxChars)
        {
            return text;
        }

        var keep = Math.Max(maxChars - Mark.Length, 0);
        if (keep > 0 && char.IsHighSurrogate(text[keep - 1]))
        {
            keep--;
        }

        return string.Concat(text.AsSpan(0, keep), Mark);
    }

    /// <summary>The largest length to which each of several texts may be cut so that all fit: short ones stay whole, the longest give. Never less than the mark needs.</summary>
    public static int Fit(IReadOnlyList<int> lengths, int room)
    {
        var left = lengths.Count;
        foreach (var length in lengths.Order())
        {
            if ((long)length * left > room)
            {
                return Math.Max(room / left, Mark.Length + 1);
            }

            room -= length;
            left--;
        }

        return int.MaxValue;
    }
}
