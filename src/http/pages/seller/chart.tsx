import { formatMoney } from '../../../base/money.js';
import type { MonthOfRevenue } from '../../../payments/revenue-by-month.js';
import { reachable } from '../field.js';

const [width, height, gap] = [440, 130, 9];

/** What a seller took month by month, drawn and as a table. */
export function RevenueChart({ months, currency }: { months: MonthOfRevenue[]; currency: string }) {
  const most = Math.max(...months.map(({ grossMinor }) => grossMinor));
  if (most === 0) return null;
  const step = width / months.length;
  const tall = (minor: number) => (height * Math.max(0, minor)) / most;
  const money = (minor: number) => formatMoney(minor, currency);
  return (
    <div className="card">
      <h2>Month by month</h2>
      <svg
        className="chart"
        viewBox={`0 0 ${width} ${height + 44}`}
        role="img"
        aria-label={`What you took in each of the last ${months.length} months`}
      >
        {months.map(({ month, grossMinor, netMinor }, at) => (
          <g key={month}>
            <rect className="all" x={at * step + gap} width={step - 2 * gap} y={22 + height - tall(grossMinor)} height={tall(grossMinor)} rx="4" />
            <rect className="own" x={at * step + gap} width={step - 2 * gap} y={22 + height - tall(netMinor)} height={tall(netMinor)} rx="4" />
            <text x={(at + 0.5) * step} y={16 + height - tall(grossMinor)}>
              {grossMinor > 0 ? money(grossMinor) : ''}
            </text>
            <text x={(at + 0.5) * step} y={height + 40}>
              {nameOf(month)}
            </text>
          </g>
        ))}
      </svg>
      <details>
        <summary>As a table</summary>
        <section className="scroll" aria-label="Month by month" {...reachable}>
          <table>
            <thead>
              <tr>
                <th>Month</th>
                <th className="n">Taken</th>
                <th className="n">Yours, without fees and refunds</th>
              </tr>
            </thead>
            <tbody>
              {months.map(({ month, grossMinor, netMinor }) => (
                <tr key={month}>
                  <td>{month}</td>
                  <td className="n">{money(grossMinor)}</td>
                  <td className="n">{money(netMinor)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </div>
  );
}

const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function nameOf(month: string): string {
  return names[Number(month.slice(5)) - 1] ?? month;
}
