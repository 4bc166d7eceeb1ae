import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
}

export function tcpServer(onSocket: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcpServer(onSocket));
}

export function tlsServer(options: TlsOptions, onSocket: (socket: Socket) => void): Promise<Listening> {
  return listening(createTlsServer(options, onSocket));
}

export function httpServer(answer: RequestListener): Promise<Listening> {
  return listening(createHttpServer(answer));
}

export function httpsServer(options: TlsOptions, answer: RequestListener): Promise<Listening> {
  return listening(createHttpsServer(options, answer));
}

/** Listens on a free port of 127.0.0.1; disposing destroys open connections too. */
async function listening(server: Server | HttpServer): Promise<Listening> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
