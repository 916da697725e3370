import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ColumnsOf } from '../../db/database.js';

/** A person's one-time codes: what their device makes them from, sealed. Not asked for before a first code has confirmed it. */
export const SecondFactorEntity = defineEntity({
  name: 'SecondFactor',
  tableName: 'second_factor',
  properties: {
    personId: p.string().primary(),
    sealedSecret: p.string(),
    /** The time step of the last code that was taken: none up to it is taken again. */
    lastStep: p.bigint('number'),
    createdAt: p.datetime(),
    confirmedAt: p.datetime().nullable(),
  },
});

/** A code that replaces a lost device, once. Here is its hash. */
export const RecoveryCodeEntity = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    codeSha256: p.string().primary(),
    personId: p.string(),
    usedAt: p.datetime().nullable(),
  },
});

declare module '../../db/database.js' {
  interface Tables {
    secondFactor: ColumnsOf<typeof SecondFactorEntity>;
    recoveryCode: ColumnsOf<typeof RecoveryCodeEntity>;
  }
}

export const secretPurpose = 'the secret of one-time codes';
