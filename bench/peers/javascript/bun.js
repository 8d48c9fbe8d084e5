// The chat on Bun: Socket.IO on its engine for Bun, and bun:sqlite.
//
//   bun bun.js DATABASE [--commit-each]      PORT says where it listens

import { Database } from "bun:sqlite";
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { Store } from "./store.js";
import { registerGuest, serveChat } from "./chat.js";

const [path, ...flags] = process.argv.slice(2);
const store = new Store(new Database(path), { commitsEach: flags.includes("--commit-each") });

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
serveChat(io, store);

const { fetch: ofEngine, ...handler } = engine.handler();
Bun.serve({
  ...handler,
  hostname: "127.0.0.1",
  port: Number(process.env.PORT),
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/socket.io/") return ofEngine(request, server);
    if (pathname === "/api/guests" && request.method === "POST") return Response.json(registerGuest(store));
    return new Response(null, { status: pathname === "/readyz" ? 200 : 404 });
  },
});
