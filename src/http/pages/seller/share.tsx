import encodeQR from 'qr';

/** The address at which buyers pay, as a link and as a code for a telephone's camera. */
export function Share({ payUrl }: { payUrl: string }) {
  return (
    <div className="card share">
      <div>
        <h2>Your public page</h2>
        <p>
          <a href={payUrl}>{payUrl}</a>
        </p>
        <p className="soft">Anyone with this address can pay you. A button shows for each price you set. Print the code, or show it at your door.</p>
      </div>
      <div className="qr" role="img" aria-label="The address as a QR code" dangerouslySetInnerHTML={{ __html: encodeQR(payUrl, 'svg') }} />
    </div>
  );
}
