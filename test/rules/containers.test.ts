import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  init?: boolean;
  mem_limit?: string;
  pids_limit?: number;
  container_name?: string;
  privileged?: boolean;
  user?: string;
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
}

/** What is wrong with a container of ours; empty where nothing is. */
function faultsOf(name: string, service: Service): string[] {
  const must: [boolean, string][] = [
    [service.read_only === true, 'writes to its own files'],
    [service.cap_drop?.includes('ALL') === true, 'keeps capabilities'],
    [service.security_opt?.includes('no-new-privileges:true') === true, 'may gain privileges'],
    [service.init === true, 'reaps no children'],
    [service.mem_limit !== undefined && service.pids_limit !== undefined, 'has no limits'],
    [service.container_name === undefined, 'cannot be scaled'],
    [service.privileged !== true && service.user !== 'root', 'is privileged'],
  ];
  return must.filter(([holds]) => !holds).map(([, fault]) => `${name} ${fault}`);
}

describe('the containers', () => {
  const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as { services: Record<string, Service> };
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  const { database, ...ours } = compose.services;

  it('run without privileges, on read-only files, within limits, any number of them', () => {
    expect(Object.keys(ours).sort()).toEqual(['api', 'migrate', 'simulator', 'worker']);
    expect(Object.entries(ours).flatMap(([name, service]) => faultsOf(name, service))).toEqual([]);
    expect(faultsOf('bad', { privileged: true, container_name: 'one' })).toHaveLength(7);
  });

  it('start after the database is healthy and migrated', () => {
    expect(database?.healthcheck).toBeDefined();
    expect(ours['migrate']?.depends_on).toEqual({ database: { condition: 'service_healthy' } });
    for (const name of ['api', 'worker']) expect(ours[name]?.depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
  });

  it('are of one image with pinned parts, run by a user without rights, and say whether they are alive', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base as string);
    for (const base of [...bases, database?.image as string]) expect(base).toMatch(/^\w+:\d+\.\d+/);
    expect(dockerfile.slice(dockerfile.lastIndexOf('FROM '))).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK .*CMD/m);
  });

  it('name commands that exist and settings that are read', async () => {
    const { commandNames } = await import('../../src/commands.js');
    const { settingsTable } = await import('../../src/base/settings.js');
    for (const { command, environment } of Object.values(ours)) {
      expect(commandNames).toContain(command?.[0]);
      for (const setting of Object.keys(environment ?? {})) expect(settingsTable()).toContain(`\`${setting}\``);
    }
  });
});
