global using Lull.Messages;
global using Lull.Storage;
global using Xunit;
