"""How another process finds the store of a test."""

from bot.storage.database import Database


def address_of(database: Database) -> str:
    """The URL under which the same tables are found, a schema of its own included."""
    if database.is_sqlite:
        return database.url.render_as_string(hide_password=False)
    with database.engine.connect() as connection:
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    url = database.url.update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)
