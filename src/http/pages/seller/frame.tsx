import type { ReactNode } from 'react';
import { layout } from '../layout.js';

/** The pages of a seller, by their addresses. */
const places = [
  ['/connect', 'Overview'],
  ['/connect/payments', 'Payments'],
  ['/connect/members', 'Members'],
  ['/connect/settlements', 'Settlements'],
] as const;

export interface SellerFrame {
  title: string;
  person: string;
  test: boolean;
  /** The page this is, or belongs to. */
  here: (typeof places)[number][0] | '/connect/setup';
  /** Whether the set-up is still to be finished. */
  isNew?: boolean;
}

/** A page of a seller's, with the way to the others. */
export function sellerPage({ title, person, test, here, isNew }: SellerFrame, content: ReactNode): string {
  const shown = isNew || here === '/connect/setup' ? ([...places, ['/connect/setup', 'Setup guide']] as const) : places;
  return layout(
    { title, test, person, wide: true },
    <>
      <nav className="places" aria-label="Your pages">
        {shown.map(([href, name]) => (
          <a key={href} href={href} aria-current={href === here ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {content}
    </>,
  );
}
