import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.jpos.q2.QBeanSupport;
import org.jpos.util.NameRegistrar;

/** HikariCP as its own pages advise: a fixed size, no autocommit, the driver's prepared statements kept by the server at once. */
public final class Pool extends QBeanSupport {
  @Override
  protected void initService() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(cfg.get("url"));
    config.setMaximumPoolSize(cfg.getInt("size"));
    config.setMinimumIdle(cfg.getInt("size"));
    config.setAutoCommit(false);
    config.addDataSourceProperty("prepareThreshold", "1");
    config.addDataSourceProperty("preparedStatementCacheQueries", "64");
    NameRegistrar.register("pool", new HikariDataSource(config));
  }
}
