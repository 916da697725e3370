import { describe, expect, it } from '@jest/globals';
import { checkUrl, isOpen, type Reachable } from './addresses.js';

const internet: Reachable = { allowsLoopback: false, resolve: async () => ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'] };
const leadingTo = (...addresses: string[]): Reachable => ({ ...internet, resolve: async () => addresses });
const demo: Reachable = { ...leadingTo('127.0.0.1'), allowsLoopback: true };

describe('an address on the Internet', () => {
  it.each(['93.184.215.14', '8.8.8.8', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])('%s is open', (address) => {
    expect(isOpen(address, internet)).toBe(true);
  });

  it.each([
    ...[
      '127.0.0.1',
      '127.8.8.8',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '198.18.0.1',
    ],
    ...[
      '224.0.0.1',
      '255.255.255.255',
      '192.0.2.1',
      '::1',
      '::',
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::a00:1',
      'fe80::1',
      'fc00::1',
      'fd12::1',
    ],
    ...['ff02::1', '2001:db8::1', '2002:a00:1::', '2001::1', 'localhost', ''],
  ])('%s is none', (address) => {
    expect(isOpen(address, internet)).toBe(false);
  });
});

describe('the url of an endpoint', () => {
  it.each([
    ['https://shop.example.com/webhooks?a=b', 'https://shop.example.com/webhooks?a=b'],
    ['https://shop.example.com:8443', 'https://shop.example.com:8443/'],
    ['HTTPS://93.184.215.14/', 'https://93.184.215.14/'],
  ])('%s is kept as %s', async (text, kept) => {
    expect(await checkUrl(text, internet)).toBe(kept);
  });

  it.each([
    ['http://shop.example.com/', 'is not https'],
    ['ftp://shop.example.com/', 'is not https'],
    ['shop.example.com', 'is not an address'],
    [`https://shop.example.com/${'a'.repeat(2_000)}`, 'is not an address'],
    ['https://shop.example.com:22/', 'has the port 22'],
    ['https://shop.example.com:5432/', 'has the port 5432'],
    ['https://user:secret@shop.example.com/', 'holds a user or a password'],
    ['https://shop.example.com/#part', 'has a fragment'],
    ['https://127.0.0.1/', 'leads into a private network'],
    ['https://2130706433/', 'leads into a private network'], // 127.0.0.1 in decimal
    ['https://0x7f.1/', 'leads into a private network'], // in hexadecimal
    ['https://017700000001/', 'leads into a private network'], // in octal
    ['https://169.254.169.254/latest/meta-data', 'leads into a private network'],
    ['https://[::1]/', 'leads into a private network'],
    ['https://[::ffff:10.0.0.1]/', 'leads into a private network'],
    ['https://0.0.0.0/', 'leads into a private network'],
  ])('%s is refused: it %s', async (text, why) => {
    await expect(checkUrl(text, internet)).rejects.toMatchObject({ code: 'INVALID', message: `The url ${why}.`, path: ['url'] });
  });

  it('is refused where any address of its name is private, and where its name is unknown', async () => {
    await expect(checkUrl('https://shop.example.com/', leadingTo('93.184.215.14', '10.0.0.1'))).rejects.toThrow('leads into a private network');
    await expect(checkUrl('https://localhost/', leadingTo('127.0.0.1'))).rejects.toThrow('leads into a private network');
    const unknown: Reachable = {
      ...internet,
      async resolve() {
        throw new Error('ENOTFOUND');
      },
    };
    await expect(checkUrl('https://shop.example.com/', unknown)).rejects.toThrow('leads nowhere');
  });

  it('may be this machine with the simulator, and still no other of the network', async () => {
    expect(await checkUrl('http://localhost:3000/hooks', demo)).toBe('http://localhost:3000/hooks');
    expect(await checkUrl('http://127.0.0.1:3000/', demo)).toBe('http://127.0.0.1:3000/');
    await expect(checkUrl('http://shop.example.com/', demo)).rejects.toThrow('is not https');
    await expect(checkUrl('https://10.0.0.1/', demo)).rejects.toThrow('leads into a private network');
  });
});
