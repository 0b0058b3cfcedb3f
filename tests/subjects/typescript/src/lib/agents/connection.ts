/** A connection to one of the studio's agents, which talks and listens through the studio's own gateway. */

export interface AgentConnection {
  send(message: 'start' | 'stop'): Promise<void>;
  onLost(listener: (reason: string) => void): void;
}

export async function connectAgent(name: 'host' | 'producer'): Promise<AgentConnection> {
  const socket = new WebSocket(`${process.env.NEXT_PUBLIC_AGENT_GATEWAY}/${name}`);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`${name}: no connection`)), { once: true });
  });
  return {
    send: (message) =>
      new Promise((resolve, reject) => {
        const answered = ({ data }: MessageEvent<string>) => (data === 'ok' ? resolve() : reject(new Error(data)));
        socket.addEventListener('message', answered, { once: true });
        socket.send(message);
      }),
    onLost: (listener) => socket.addEventListener('close', ({ reason }) => listener(reason || `${name}: lost`)),
  };
}
