global using Lull.Messages;
global using Lull.Storage;
