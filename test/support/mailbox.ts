import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A letter as a mail server took it. */
export interface Received {
  to: string;
  subject: string;
  text: string;
}

/** A mail server on this machine that takes every letter and keeps it: SMTP as RFC 5321 has it, of which a client needs no more. */
export async function openMailbox(): Promise<{ url: string; letters: Received[]; refuse(times: number): void; close(): Promise<void> }> {
  const letters: Received[] = [];
  let refusals = 0;
  const server = createServer((socket) => {
    let [to, data, waiting] = ['', '', ''];
    let isData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 mailbox');
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      waiting += bytes.toString('utf8');
      for (let end = waiting.indexOf('\r\n'); end >= 0; end = waiting.indexOf('\r\n')) {
        const line = waiting.slice(0, end);
        waiting = waiting.slice(end + 2);
        if (isData && line !== '.') data += `${line}\n`;
        else if (isData) {
          letters.push(read(to, data));
          [isData, data] = [false, ''];
          say('250 kept');
        } else answer(line);
      }
    });
    const answer = (line: string) => {
      if (/^RCPT/i.test(line)) to = /<([^>]*)>/.exec(line)?.[1] ?? '';
      if (/^MAIL/i.test(line) && refusals-- > 0) return say('451 try again');
      if (/^DATA/i.test(line)) isData = true;
      if (/^QUIT/i.test(line)) return hangUp(socket);
      return say(isData ? '354 go on' : '250 mailbox');
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    letters,
    refuse: (times) => {
      refusals = times;
    },
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function hangUp(socket: Socket): void {
  socket.end('221 bye\r\n');
}

function read(to: string, data: string): Received {
  const [head = '', ...body] = data.split('\n\n');
  const subject = /^Subject: (.*)$/im.exec(head)?.[1] ?? '';
  const text = body.join('\n\n');
  const plain = /^Content-Transfer-Encoding: quoted-printable$/im.test(head)
    ? text.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
  return { to, subject, text: plain };
}
