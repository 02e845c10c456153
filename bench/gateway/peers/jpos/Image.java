import org.jpos.iso.ISOChannel;
import org.jpos.iso.ISOMsg;
import org.jpos.iso.RawIncomingFilter;
import org.jpos.util.LogEvent;

/** Keeps a request's bytes as they came, as its header: the MAC is over them. */
public final class Image implements RawIncomingFilter {
  @Override
  public ISOMsg filter(ISOChannel channel, ISOMsg message, byte[] header, byte[] image, LogEvent event) {
    message.setHeader(image);
    return message;
  }

  @Override
  public ISOMsg filter(ISOChannel channel, ISOMsg message, LogEvent event) {
    return message;
  }
}
