# The product as an image, for compose.yaml and the like: installed and built once, and run unchanged by every node.
# BASE is a Debian with Node and npm. Where no image registry can be reached: npm run relpin -- images base
ARG BASE=node:24-trixie-slim
FROM ${BASE} AS built
WORKDIR /studio
COPY . .
RUN node db/bin/bootstrap.mjs build && rm -rf .relpin

FROM ${BASE}
WORKDIR /studio
COPY --from=built /studio ./
ENV RELPIN_DATA=/data HOST=0.0.0.0
VOLUME /data
EXPOSE 3000
# Without npm in between, which would not hand a node's stop on.
CMD ["node", "db/bin/bootstrap.mjs", "start"]
