namespace Lull.Receiving.Dialects;

/// <summary>
/// One way of saying things by webhook: recognises its own and translates it. Pure: no clock, no disk, no rule of ours. What it
/// returns is judged by <see cref="WebhookInterpreter"/>; what it cannot accept it says through <see cref="WebhookObject.Complain"/>.
/// </summary>
internal interface IWebhookDialect
{
    /// <summary>Short and stable: kept in the journal.</summary>
    string Name { get; }

    /// <summary>True when the body is in this dialect; the first dialect that says so reads it.</summary>
    bool Recognizes(WebhookObject body);

    WebhookContent Read(WebhookObject body);
}
