# The operator's image, for Docker, Podman and Buildah. What is in it is written down once, in images/: this copies it.
# Without a container engine: npm run docker-build (see images/cli.ts).

ARG NODE_IMAGE=node:26-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY images images
COPY cluster/errno.ts cluster/
RUN node images/cli.ts rootfs operator /rootfs

# No shell, no package manager: Node, the libraries that it links, and the operator.
FROM scratch
COPY --from=build /rootfs/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/tmp NODE_ENV=production
WORKDIR /app
USER 65532:65532
EXPOSE 8080/tcp 8081/tcp
LABEL org.opencontainers.image.title=smooth-operator org.opencontainers.image.licenses=Apache-2.0
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=4", "--initial-old-space-size=16", "--heap-growing-percent=30", "/app/dist/smooth-operator.js"]
