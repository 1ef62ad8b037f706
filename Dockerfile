# Written with care and not run: where it was made there is no container engine. What it runs is what docs/operations.md describes for a machine.
#
#   docker build -t lull .
#   docker run --read-only --tmpfs /tmp -v lull:/data -p 5000:5000 -e ADMIN_TOKEN=… -e WEBHOOK_SECRET=… --stop-timeout 35 lull

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src ./src
RUN dotnet publish src/Lull -c Release -o /app && mkdir /data

# No shell, no package manager, and a user without rights; time zones and languages are there.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
COPY --from=build /app /app
COPY --from=build --chown=$APP_UID:$APP_UID /data /data
USER $APP_UID
WORKDIR /app

# The root file system may be read-only: the runtime's diagnostic socket would need a place to be, and ASPNETCORE_HTTP_PORTS is the base image's.
ENV HOST=* PORT=5000 DATA_DIR=/data DOTNET_EnableDiagnostics=0 ASPNETCORE_HTTP_PORTS=
VOLUME /data
EXPOSE 5000
ENTRYPOINT ["dotnet", "Lull.dll"]
